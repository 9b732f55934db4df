import { useEffect, useMemo, useState } from "preact/hooks";
import { browserLanguage, type Language } from "../design/language.ts";
import type { Role, Session } from "./answers.ts";
import { ask, onSessionOver, Refusal } from "./api.ts";
import { Context } from "./console-context.ts";
import { useLive } from "./live.ts";
import { NewPassword } from "./new-password.tsx";
import { Pages } from "./pages.tsx";
import { usePath } from "./router.tsx";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";
import { useNotice } from "./use-notice.ts";
import { WORDS } from "./words.ts";
import "./console.css";

const LANGUAGE_KEPT_UNDER = "language";
const RANK: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 };

/** The console: who is signed in decides what stands on the screen. */
export function App() {
  const [language, setLanguage] = useLanguage();
  const words = WORDS[language];
  const { session, isOver, setSession } = useSession();
  const path = usePath();
  const isIn = session !== undefined && session !== "unknown" && !session.must_change_password;
  const live = useLive(isIn);
  const [notice, say] = useNotice();
  const context = useMemo(
    () => ({
      words,
      language,
      session: session as Session,
      can: (role: Role) => isIn && RANK[session.role] >= RANK[role],
      news: live.news,
      say,
    }),
    [words, language, session, isIn, live.news, say],
  );
  if (session === "unknown") return null;
  if (session === undefined)
    return (
      <SignIn
        words={words}
        language={language}
        onLanguage={setLanguage}
        isOver={isOver}
        onSignedIn={setSession}
      />
    );
  return (
    <Context.Provider value={context}>
      {session.must_change_password ? (
        <NewPassword onChanged={() => setSession({ ...session, must_change_password: false })} />
      ) : (
        <Shell path={path} isConnected={live.isConnected} notice={notice} onLanguage={setLanguage}>
          <Pages path={path} onSignedOut={() => setSession(undefined)} />
        </Shell>
      )}
    </Context.Provider>
  );
}

function useSession() {
  const [session, setSession] = useState<Session | "unknown" | undefined>("unknown");
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    ask<Session>("GET", "/session").then(setSession, (error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      setSession(undefined);
    });
    return onSessionOver(() =>
      setSession((was) => {
        if (was !== "unknown" && was !== undefined) setOver(true);
        return undefined;
      }),
    );
  }, []);
  return {
    session,
    isOver,
    setSession(next: Session | undefined) {
      setOver(false);
      setSession(next);
    },
  };
}

function useLanguage(): readonly [Language, (language: Language) => void] {
  const [language, setLanguage] = useState<Language>(() => {
    const kept = localStorage.getItem(LANGUAGE_KEPT_UNDER);
    return kept === "ko" || kept === "en" ? kept : browserLanguage();
  });
  document.documentElement.lang = language;
  return [
    language,
    (chosen) => {
      localStorage.setItem(LANGUAGE_KEPT_UNDER, chosen);
      setLanguage(chosen);
    },
  ];
}
