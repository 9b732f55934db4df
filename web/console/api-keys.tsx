import { useState } from "preact/hooks";
import { Badge } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Field } from "../design/field.tsx";
import { type Column, Table } from "../design/table.tsx";
import type { ApiKey } from "./answers.ts";
import { ask } from "./api.ts";
import { useAct, useConsole, useReading } from "./console-context.ts";
import { OnceShown } from "./once-shown.tsx";
import { Time } from "./states.tsx";
import type { Words } from "./words.ts";

/** Keys of the shop's servers beside the one of the settings. */
export function ApiKeys() {
  const { words } = useConsole();
  const { answer, again } = useReading<{ data: readonly ApiKey[] }>("/api-keys");
  const { isBusy, act } = useAct();
  const [name, setName] = useState("");
  const [secret, setSecret] = useState<string>();
  const [revoking, setRevoking] = useState<ApiKey>();
  const { keys } = words.settings;
  return (
    <div class="stack">
      <p class="quiet">{keys.lead}</p>
      {secret && <OnceShown lead={keys.made} secret={secret} />}
      <Table
        caption={words.settings.tabs.keys}
        columns={columnsOf(words, setRevoking)}
        rows={answer?.data ?? []}
        keyOf={({ id }) => id}
        empty={answer === undefined ? words.common.loading : keys.empty}
        bodyId="keys"
      />
      <form
        class="panel filters"
        aria-label={keys.add}
        onSubmit={(event) => {
          event.preventDefault();
          void act(async () => {
            const made = await ask<{ secret: string }>("POST", "/api-keys", { body: { name: name.trim() } });
            setSecret(made.secret);
            setName("");
            again();
            return undefined;
          });
        }}
      >
        <Field
          label={keys.name}
          name="key"
          required
          maxLength={60}
          autoComplete="off"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" isBusy={isBusy}>
          {keys.add}
        </Button>
      </form>
      {revoking && (
        <Dialog
          title={keys.revoke}
          words={words.common}
          submit={keys.revoke}
          isBusy={isBusy}
          onClose={() => setRevoking(undefined)}
          onSubmit={() =>
            void act(async () => {
              await ask("POST", `/api-keys/${revoking.id}/revoke`);
              setRevoking(undefined);
              again();
              return words.common.done;
            })
          }
        >
          <p>{keys.revokeLead(revoking.name)}</p>
        </Dialog>
      )}
    </div>
  );
}

function columnsOf(words: Words, revoke: (key: ApiKey) => void): readonly Column<ApiKey>[] {
  const { keys } = words.settings;
  return [
    { name: keys.name, cell: ({ name }) => <strong>{name}</strong> },
    { name: keys.id, kind: "mono", cell: ({ id }) => id },
    { name: keys.by, cell: ({ created_by }) => created_by },
    { name: words.common.at, cell: ({ created_at }) => <Time at={created_at} /> },
    {
      name: words.common.state,
      cell: ({ revoked_at }) => (
        <Badge tone={revoked_at === null ? "good" : "plain"}>
          {revoked_at === null ? keys.active : keys.revoked}
        </Badge>
      ),
    },
    {
      name: keys.revoke,
      cell: (key) =>
        key.revoked_at === null && (
          <Button kind="plain" onClick={() => revoke(key)}>
            {keys.revoke}
          </Button>
        ),
    },
  ];
}
