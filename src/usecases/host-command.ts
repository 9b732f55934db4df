import type { OperatorRole, StoredApiKey } from "../storage/store.ts";
import type { Deps } from "./deps.ts";
import { issueApiKey } from "./issue-api-key.ts";
import { addOperator, changeOperator, resetPassword } from "./operators.ts";

/** What whoever has the machine may do about operators, and about the keys of the shop's servers. */
export type HostCommand =
  | { readonly kind: "add" | "role"; readonly name: string; readonly role: OperatorRole }
  | { readonly kind: "disable" | "enable" | "password"; readonly name: string }
  | { readonly kind: "list" | "list_keys" }
  /** The name says what it is for. */
  | { readonly kind: "add_key"; readonly name: string }
  | { readonly kind: "revoke_key"; readonly id: string };

export interface HostAnswer {
  readonly isDone: boolean;
  /** For a terminal. The only place where a first password is shown. */
  readonly lines: readonly string[];
}

const ACTOR = "host";

/** Carries a command of the machine's own operator out, in the audit as `host`. @throws {DojangError} any `storage_*` code, `overloaded` */
export async function runHostCommand(
  deps: Pick<Deps, "store" | "clock" | "passwords" | "randomBytes">,
  command: HostCommand,
): Promise<HostAnswer> {
  switch (command.kind) {
    case "list":
      return done(...(await deps.store.console.listOperators()).map(lineOf));
    case "add": {
      const { name, role } = command;
      const outcome = await addOperator(deps, { name, role, actor: ACTOR });
      if (outcome.kind === "bad_name")
        return refused(`Cannot take the name ${JSON.stringify(name)}: expected ${outcome.expected}`);
      if (outcome.kind === "exists")
        return refused(`There is an operator ${name}: dojang operator password gives a new password`);
      return done(`added ${name} (${role})`, passwordLine(outcome.password));
    }
    case "password": {
      const password = await resetPassword(deps, { name: command.name, actor: ACTOR });
      return password === undefined ? unknown(command.name) : done(passwordLine(password));
    }
    case "list_keys":
      return done(...(await deps.store.console.listApiKeys()).map(keyLine));
    case "add_key": {
      const { apiKey, secret } = await issueApiKey(deps, { name: command.name, actor: ACTOR });
      return done(keyLine(apiKey), `key, shown this once: ${secret}`);
    }
    case "revoke_key": {
      const { id } = command;
      const act = { action: "api_key.revoked", actor: ACTOR, subject: id, data: {} } as const;
      const isRevoked = await deps.store.console.revokeApiKey(id, { at: deps.clock.now(), act });
      return isRevoked
        ? done(`revoked ${id}`)
        : refused(`There is no key ${JSON.stringify(id)}, or it was revoked before`);
    }
    case "role":
      return change(deps, { name: command.name, role: command.role });
    case "disable":
    case "enable":
      return change(deps, { name: command.name, isDisabled: command.kind === "disable" });
  }
}

async function change(
  deps: Parameters<typeof changeOperator>[0],
  wanted: { readonly name: string; readonly role?: OperatorRole; readonly isDisabled?: boolean },
): Promise<HostAnswer> {
  const outcome = await changeOperator(deps, { ...wanted, actor: ACTOR });
  if (outcome === "not_found") return unknown(wanted.name);
  if (outcome === "last_admin")
    return refused("Make another operator an admin first: nobody would be left who can let others in");
  return done(`changed ${wanted.name}`);
}

function lineOf({
  name,
  role,
  disabledAt,
  mustChange,
}: {
  name: string;
  role: string;
  disabledAt?: number;
  mustChange: boolean;
}) {
  const state =
    disabledAt === undefined
      ? mustChange
        ? "has not signed in with a password of their own"
        : "active"
      : "disabled";
  return `${name}\t${role}\t${state}`;
}

const keyLine = ({ id, name, revokedAt }: StoredApiKey) =>
  `${id}\t${name}\t${revokedAt === undefined ? "active" : "revoked"}`;
const passwordLine = (password: string) => `first password, shown this once: ${password}`;
const done = (...lines: readonly string[]): HostAnswer => ({ isDone: true, lines });
const refused = (line: string): HostAnswer => ({ isDone: false, lines: [line] });
const unknown = (name: string) => refused(`There is no operator ${JSON.stringify(name)}`);
