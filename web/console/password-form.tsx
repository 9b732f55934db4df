import { useState } from "preact/hooks";
import { Button } from "../design/button.tsx";
import { Field } from "../design/field.tsx";
import { Message } from "../design/message.tsx";
import { ask, Refusal } from "./api.ts";
import { refusalText, useConsole } from "./console-context.ts";

const EMPTY = { current: "", next: "", again: "" };

/** Changes the password of who is signed in. */
export function PasswordForm({ onChanged }: { readonly onChanged: () => void }) {
  const { words } = useConsole();
  const [given, setGiven] = useState(EMPTY);
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async () => {
    if (given.next !== given.again) return setFault(words.password.differ);
    setBusy(true);
    setFault(undefined);
    try {
      await ask("POST", "/session/password", { body: { current: given.current, next: given.next } });
      setGiven(EMPTY);
      onChanged();
    } catch (error) {
      const known =
        error instanceof Refusal
          ? {
              sign_in_refused: words.password.wrong,
              too_many_sign_ins: words.signIn.tooMany,
              weak_password: words.password.weak,
            }[error.code]
          : undefined;
      setFault(known ?? refusalText(error, words));
    } finally {
      setBusy(false);
    }
  };
  const field = (key: keyof typeof EMPTY) => ({
    name: key,
    type: "password" as const,
    required: true,
    value: given[key],
    onInput: (event: { currentTarget: HTMLInputElement }) =>
      setGiven({ ...given, [key]: event.currentTarget.value }),
  });
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void submit();
      }}
    >
      {fault && (
        <Message tone="bad" isAlert>
          <p>{fault}</p>
        </Message>
      )}
      <Field label={words.password.current} autoComplete="current-password" {...field("current")} />
      <Field
        label={words.password.next}
        hint={words.password.nextHint}
        autoComplete="new-password"
        {...field("next")}
      />
      <Field label={words.password.again} autoComplete="new-password" {...field("again")} />
      <Button type="submit" isBusy={isBusy}>
        {words.password.submit}
      </Button>
    </form>
  );
}
