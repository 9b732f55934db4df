import { Button } from "../design/button.tsx";
import { Facts } from "../design/facts.tsx";
import { ask } from "./api.ts";
import { ApiKeys } from "./api-keys.tsx";
import { AuditList } from "./audit-list.tsx";
import { useAct, useConsole } from "./console-context.ts";
import { EventEndpoint } from "./event-endpoint.tsx";
import { Operators } from "./operators.tsx";
import { PasswordForm } from "./password-form.tsx";
import { go } from "./router.tsx";
import { Tabs } from "./tabs.tsx";

interface SettingsPageProps {
  readonly tab: string | undefined;
  readonly onSignedOut: () => void;
}

/** Who may sign in, which keys there are, where events go, and who did what. */
export function SettingsPage({ tab, onSignedOut }: SettingsPageProps) {
  const { words, can } = useConsole();
  const { tabs } = words.settings;
  const isAdmin = can("admin");
  const current = tab ?? (isAdmin ? "operators" : "events");
  const shown = [
    ...(isAdmin ? (["operators", "keys"] as const) : []),
    ...(["events", "audit", "account"] as const),
  ].map((name) => [`/settings/${name}`, tabs[name]] as const);
  return (
    <>
      <div class="page-head">
        <h1>{words.settings.title}</h1>
      </div>
      <Tabs name={words.settings.title} tabs={shown} current={`/settings/${current}`} />
      {current === "operators" && isAdmin && <Operators />}
      {current === "keys" && isAdmin && <ApiKeys />}
      {current === "events" && <EventEndpoint />}
      {current === "audit" && <AuditList />}
      {current === "account" && <Account onSignedOut={onSignedOut} />}
    </>
  );
}

function Account({ onSignedOut }: { readonly onSignedOut: () => void }) {
  const { words, session, say } = useConsole();
  const { act } = useAct();
  const end = (path: string) =>
    act(async () => {
      await ask("POST", path);
      go("");
      onSignedOut();
      return undefined;
    });
  return (
    <div class="columns-two">
      <section class="panel" aria-labelledby="account-title">
        <h2 id="account-title">{words.account.title}</h2>
        <Facts
          rows={[
            [words.signIn.name, session.name],
            [words.account.role, words.account.roles[session.role]],
          ]}
        />
        <div class="row">
          <Button kind="plain" onClick={() => void end("/session/end")}>
            {words.account.signOut}
          </Button>
          <Button kind="quiet" onClick={() => void end("/session/end-all")}>
            {words.account.signOutAll}
          </Button>
        </div>
      </section>
      <section class="panel" aria-labelledby="password-title">
        <h2 id="password-title">{words.password.title}</h2>
        <PasswordForm onChanged={() => say(words.password.changed)} />
      </section>
    </div>
  );
}
