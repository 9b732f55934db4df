import { useState } from "preact/hooks";
import { Button } from "../design/button.tsx";
import { Field } from "../design/field.tsx";
import type { Language } from "../design/language.ts";
import { LanguageSwitch } from "../design/language-switch.tsx";
import { Message } from "../design/message.tsx";
import { Seal } from "../design/seal.tsx";
import type { Session } from "./answers.ts";
import { ask, Refusal } from "./api.ts";
import type { Words } from "./words.ts";
import "./door.css";

interface SignInProps {
  readonly words: Words;
  readonly language: Language;
  readonly onLanguage: (language: Language) => void;
  /** Somebody was signed in a moment ago. */
  readonly isOver: boolean;
  readonly onSignedIn: (session: Session) => void;
}

/** The door. It says nothing of who there is. */
export function SignIn({ words, language, onLanguage, isOver, onSignedIn }: SignInProps) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [refusal, setRefusal] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  document.title = words.signIn.title;
  const submit = async () => {
    setBusy(true);
    setRefusal(undefined);
    try {
      onSignedIn(await ask<Session>("POST", "/session", { body: { name: name.trim(), password } }));
    } catch (error) {
      setPassword("");
      setRefusal(textOf(error, words));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="door">
      <form
        class="door-card"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void submit();
        }}
      >
        <Seal />
        <h1>{words.signIn.title}</h1>
        {isOver && refusal === undefined && (
          <Message tone="info" isAlert>
            <p>{words.signIn.over}</p>
          </Message>
        )}
        {refusal && (
          <Message tone="bad" isAlert id="refusal">
            <p>{refusal}</p>
          </Message>
        )}
        <Field
          label={words.signIn.name}
          name="name"
          autoComplete="username"
          autoCapitalize="none"
          required
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <Field
          label={words.signIn.password}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" isWide isBusy={isBusy}>
          {words.signIn.submit}
        </Button>
        <p class="quiet door-help">{words.signIn.help}</p>
        <LanguageSwitch language={language} onChange={onLanguage} />
      </form>
    </main>
  );
}

function textOf(error: unknown, words: Words): string {
  if (!(error instanceof Refusal)) throw error;
  if (error.code === "sign_in_refused" || error.code === "invalid_request") return words.signIn.refused;
  if (error.code === "too_many_sign_ins" || error.code === "rate_limited") return words.signIn.tooMany;
  return words.common.notReached;
}
