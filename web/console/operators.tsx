import { useState } from "preact/hooks";
import { Badge } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Field, Select } from "../design/field.tsx";
import { type Column, Table } from "../design/table.tsx";
import type { Operator, Role } from "./answers.ts";
import { ask } from "./api.ts";
import { useAct, useConsole, useReading } from "./console-context.ts";
import { OnceShown } from "./once-shown.tsx";
import { Time } from "./states.tsx";
import type { Words } from "./words.ts";

const ROLES: readonly Role[] = ["viewer", "operator", "admin"];

type Made = { readonly name: string; readonly password: string };

/** Who may sign in, and as what. */
export function Operators() {
  const { words } = useConsole();
  const { answer, again } = useReading<{ data: readonly Operator[] }>("/operators");
  const { act } = useAct();
  const [made, setMade] = useState<Made>();
  const change = (name: string, body: object) =>
    act(async () => {
      await ask("POST", `/operators/${encodeURIComponent(name)}`, { body });
      again();
      return words.common.done;
    });
  const reset = (name: string) =>
    act(async () => {
      const { password } = await ask<Made>("POST", `/operators/${encodeURIComponent(name)}/password`);
      setMade({ name, password });
      again();
      return undefined;
    });
  return (
    <div class="stack">
      {made && <OnceShown lead={words.settings.operators.made(made.name)} secret={made.password} />}
      <Table
        caption={words.settings.tabs.operators}
        columns={columnsOf(words, { change, reset })}
        rows={answer?.data ?? []}
        keyOf={({ name }) => name}
        empty={words.common.loading}
        bodyId="operators"
      />
      <AddOperator
        onMade={(operator) => {
          setMade(operator);
          again();
        }}
      />
    </div>
  );
}

interface Moves {
  readonly change: (name: string, body: object) => Promise<void>;
  readonly reset: (name: string) => Promise<void>;
}

function columnsOf(words: Words, { change, reset }: Moves): readonly Column<Operator>[] {
  const { operators } = words.settings;
  return [
    { name: operators.name, cell: ({ name }) => <strong>{name}</strong> },
    {
      name: operators.role,
      cell: ({ name, role }) => (
        <select
          class="field-input field-small"
          aria-label={`${name} ${operators.role}`}
          onChange={(event) => void change(name, { role: event.currentTarget.value })}
        >
          {ROLES.map((one) => (
            <option key={one} value={one} selected={one === role}>
              {words.account.roles[one]}
            </option>
          ))}
        </select>
      ),
    },
    {
      name: words.common.state,
      cell: ({ disabled_at }) => (
        <Badge tone={disabled_at === null ? "good" : "plain"}>
          {disabled_at === null ? operators.active : operators.disabled}
        </Badge>
      ),
    },
    { name: operators.created, cell: ({ created_at }) => <Time at={created_at} /> },
    { name: operators.password, cell: ({ password_changed_at }) => <Time at={password_changed_at} /> },
    {
      name: words.order.actions,
      cell: ({ name, disabled_at }) => (
        <span class="row">
          <Button kind="plain" onClick={() => void change(name, { disabled: disabled_at === null })}>
            {disabled_at === null ? operators.disable : operators.enable}
          </Button>
          <Button kind="quiet" onClick={() => void reset(name)}>
            {operators.reset}
          </Button>
        </span>
      ),
    },
  ];
}

function AddOperator({ onMade }: { readonly onMade: (made: Made) => void }) {
  const { words } = useConsole();
  const { isBusy, act } = useAct();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const { operators } = words.settings;
  return (
    <form
      class="panel filters"
      aria-label={operators.add}
      onSubmit={(event) => {
        event.preventDefault();
        void act(async () => {
          onMade(await ask<Made>("POST", "/operators", { body: { name: name.trim(), role } }));
          setName("");
          return undefined;
        });
      }}
    >
      <Field
        label={operators.name}
        hint={operators.nameHint}
        name="operator"
        required
        autoComplete="off"
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <Select
        label={operators.role}
        name="role"
        value={role}
        options={ROLES.map(
          (one) => [one, `${words.account.roles[one]} · ${operators.roleNotes[one]}`] as const,
        )}
        onChange={(event) => setRole(event.currentTarget.value as Role)}
      />
      <Button type="submit" isBusy={isBusy}>
        {operators.add}
      </Button>
    </form>
  );
}
