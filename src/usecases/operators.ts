import type { Operator, OperatorChange, OperatorRole } from "../storage/store.ts";
import type { Deps } from "./deps.ts";
import { passwordFault } from "./passwords.ts";
import { TRIES_WINDOW_MS, trySubject } from "./try-subject.ts";

/** Small letters, digits and Korean: two names cannot look alike and differ. */
const NAME = /^[a-z0-9가-힣][a-z0-9가-힣._-]{1,39}$/;
/** The audit names others by these. */
const TAKEN = /^(?:default|dojang|host|anyone|key_.*)$/;
const FIRST_PASSWORD_BYTES = 15;
const PRESENT_PASSWORD_TRIES_MAX = 5;

type OperatorDeps = Pick<Deps, "store" | "clock" | "passwords" | "randomBytes">;

/** Who wants it, as the audit names it. */
interface Asked {
  readonly actor: string;
}

export type AddOperatorOutcome =
  /** Shown once: it opens nothing but the page that asks for a new one. */
  | { readonly kind: "added"; readonly password: string }
  | { readonly kind: "exists" }
  | { readonly kind: "bad_name"; readonly expected: string };

/** Makes an operator with a random password that must be changed at once. @throws {DojangError} any `storage_*` code, `overloaded` */
export async function addOperator(
  deps: OperatorDeps,
  { name, role, actor }: Asked & { readonly name: string; readonly role: OperatorRole },
): Promise<AddOperatorOutcome> {
  if (!NAME.test(name) || TAKEN.test(name))
    return {
      kind: "bad_name",
      expected: "2 to 40 small letters, digits, Korean letters, . _ -, and no reserved name",
    };
  const now = deps.clock.now();
  const password = newPassword(deps);
  const operator = { name, role, mustChange: true, createdAt: now, passwordChangedAt: now };
  const isAdded = await deps.store.console.addOperator(
    { ...operator, password: await deps.passwords.hash(password) },
    { action: "operator.added", actor, subject: name, data: { role } },
  );
  return isAdded ? { kind: "added", password } : { kind: "exists" };
}

export type ChangeOperatorOutcome = "changed" | "not_found" | "last_admin";

/** Changes the role, disables or enables. Every session of the operator ends. @throws {DojangError} any `storage_*` code */
export async function changeOperator(
  { store, clock }: OperatorDeps,
  {
    name,
    role,
    isDisabled,
    actor,
  }: Asked & { readonly name: string; readonly role?: OperatorRole; readonly isDisabled?: boolean },
): Promise<ChangeOperatorOutcome> {
  const change: OperatorChange = {
    ...(role === undefined ? {} : { role }),
    ...(isDisabled === undefined ? {} : { disabledAt: isDisabled ? clock.now() : null }),
  };
  const data = { role: role ?? null, disabled: isDisabled ?? null };
  const act = { action: "operator.changed", actor, subject: name, data } as const;
  if (await store.console.changeOperator(name, { ...change, act })) return "changed";
  return (await store.console.readOperator(name)) === undefined ? "not_found" : "last_admin";
}

/** Gives a new random password, for who has lost theirs. @returns undefined when there is no such operator */
export async function resetPassword(
  deps: OperatorDeps,
  { name, actor }: Asked & { readonly name: string },
): Promise<string | undefined> {
  const password = newPassword(deps);
  const hash = await deps.passwords.hash(password);
  const act = { action: "operator.password_changed", actor, subject: name, data: { reset: true } } as const;
  const given = { hash, mustChange: true, changedAt: deps.clock.now() };
  const isReset = await deps.store.console.changeOperator(name, { password: given, act });
  return isReset ? password : undefined;
}

export type ChangePasswordOutcome =
  | { readonly kind: "changed" }
  | { readonly kind: "wrong_password" }
  /** Who has a session has not the password yet, and must not guess it. */
  | { readonly kind: "too_many" }
  | { readonly kind: "weak"; readonly expected: string };

/** An operator's own new password. Every other session of the operator ends. */
export async function changePassword(
  deps: OperatorDeps,
  {
    operator: { name },
    current,
    next,
    session,
  }: {
    readonly operator: Pick<Operator, "name">;
    readonly current: string;
    readonly next: string;
    /** The hash of the one that goes on. */
    readonly session: Uint8Array;
  },
): Promise<ChangePasswordOutcome> {
  const { console } = deps.store;
  const subject = trySubject("present password", name);
  const { tries } = await console.countTry(subject, { now: deps.clock.now(), ms: TRIES_WINDOW_MS });
  if (tries > PRESENT_PASSWORD_TRIES_MAX) return { kind: "too_many" };
  const found = await console.readOperator(name);
  if (!(await deps.passwords.matches(current, found?.password))) return { kind: "wrong_password" };
  await console.uncountTry(subject);
  const fault = current === next ? "expected another one than now" : passwordFault(next, name);
  if (fault !== undefined) return { kind: "weak", expected: fault };
  const hash = await deps.passwords.hash(next);
  const act = {
    action: "operator.password_changed",
    actor: name,
    subject: name,
    data: { reset: false },
  } as const;
  const given = { hash, mustChange: false, changedAt: deps.clock.now() };
  await console.changeOperator(name, { password: given, keeps: session, act });
  return { kind: "changed" };
}

function newPassword({ randomBytes }: OperatorDeps): string {
  return randomBytes(FIRST_PASSWORD_BYTES).toString("base64url");
}
