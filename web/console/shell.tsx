import type { ComponentChildren } from "preact";
import type { Language } from "../design/language.ts";
import { LanguageSwitch } from "../design/language-switch.tsx";
import { Message } from "../design/message.tsx";
import { Seal } from "../design/seal.tsx";
import { useConsole } from "./console-context.ts";
import { Link } from "./router.tsx";
import type { Notice } from "./use-notice.ts";
import "./shell.css";

interface ShellProps {
  readonly path: string;
  readonly isConnected: boolean;
  readonly notice: Notice | undefined;
  readonly onLanguage: (language: Language) => void;
  readonly children: ComponentChildren;
}

const SECTIONS = [
  ["home", ""],
  ["orders", "/orders"],
  ["discrepancies", "/discrepancies"],
  ["work", "/work"],
  ["settings", "/settings"],
] as const;

/** What stands around every page. */
export function Shell({ path, isConnected, notice, onLanguage, children }: ShellProps) {
  const { words, language, session } = useConsole();
  return (
    <div class="shell">
      <a class="shell-skip" href="#main">
        {words.skip}
      </a>
      <header class="shell-side">
        <Link to="" class="shell-brand">
          <Seal />
          <span>{words.brand}</span>
        </Link>
        {session.sandbox && <p class="shell-sandbox">{words.sandbox}</p>}
        <nav aria-label={words.nav.name}>
          <ul class="shell-nav">
            {SECTIONS.map(([name, to]) => (
              <li key={name}>
                <Link to={to} class="nav-link" isCurrent={to === "" ? path === "" : path.startsWith(to)}>
                  {words.nav[name]}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div class="shell-foot">
          <LiveState isConnected={isConnected} />
          <Link to="/settings/account" class="shell-who">
            <strong>{session.name}</strong>
            <span class="quiet">{words.account.roles[session.role]}</span>
          </Link>
          <LanguageSwitch language={language} onChange={onLanguage} />
        </div>
      </header>
      <div class="shell-page">
        {!isConnected && (
          <Message tone="bad" isAlert>
            <p>{words.live.offLong}</p>
          </Message>
        )}
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
      <div class="shell-notice" role="status">
        {notice && (
          <Message tone={notice.isBad ? "bad" : "good"} id="notice">
            <p>{notice.text}</p>
          </Message>
        )}
      </div>
    </div>
  );
}

function LiveState({ isConnected }: { readonly isConnected: boolean }) {
  const { words } = useConsole();
  return (
    <p class={isConnected ? "live live-on" : "live live-off"} id="live">
      {isConnected ? words.live.on : words.live.off}
    </p>
  );
}
