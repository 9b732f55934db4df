import { Seal } from "../design/seal.tsx";
import { useConsole } from "./console-context.ts";
import { PasswordForm } from "./password-form.tsx";

/** Nothing else is open to who has a password that somebody else made. */
export function NewPassword({ onChanged }: { readonly onChanged: () => void }) {
  const { words } = useConsole();
  document.title = words.password.title;
  return (
    <main class="door">
      <div class="door-card">
        <Seal />
        <h1>{words.password.title}</h1>
        <p class="quiet">{words.password.lead}</p>
        <PasswordForm onChanged={onChanged} />
      </div>
    </main>
  );
}
