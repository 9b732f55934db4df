import type { ConsoleStore, HourCount, LiveEvent, Tries, TroubleCounts } from "../store.ts";
import * as access from "./access-statements.ts";
import { toApiKey, toOperator, toOperatorWithPassword, toSession } from "./console-rows.ts";
import * as overview from "./overview-statements.ts";
import type { SqlDoor, SqlRow, SqlStatement } from "./sql-door.ts";

/** The console's part of a store. One text of each statement serves every engine: none of it is on the way of a payment. */
export function createConsoleStore(door: SqlDoor): ConsoleStore {
  return { ...operators(door), ...sessions(door), ...tries(door), ...apiKeys(door), ...figures(door) };
}

type Part<Name extends keyof ConsoleStore> = Pick<ConsoleStore, Name>;

function operators(
  door: SqlDoor,
): Part<"addOperator" | "changeOperator" | "readOperator" | "listOperators" | "endSessions"> {
  return {
    readOperator: (name) => first(door, access.selectOperator(name), toOperatorWithPassword),
    addOperator: (operator, act) => door.act(act, [access.insertOperator(operator)]),
    changeOperator: (name, { keeps, act, ...change }) =>
      door.act(act, [...access.updateOperator(name, change), access.deleteSessions(name, keeps)]),
    listOperators: async () => (await door.find(access.SELECT_OPERATORS)).map(toOperator),
    async endSessions(operator, act) {
      await door.act(act, [access.selectOperator(operator), access.deleteSessions(operator)]);
    },
  };
}

function sessions(door: SqlDoor): Part<"addSession" | "readSession" | "useSession" | "endSession"> {
  return {
    addSession: (session, { passwordChangedAt, idleSince, act }) =>
      door.act(act, [
        access.insertSession(session, passwordChangedAt),
        access.deleteOldSessions(session.createdAt, idleSince),
      ]),
    readSession: (hash) =>
      first(door, access.selectSession(hash), (row) => ({
        session: toSession(row),
        operator: toOperator(row),
      })),
    useSession: async (hash, at) => void (await door.write(access.touchSession(hash, at))),
    endSession: async (hash) => void (await door.write(access.deleteSession(hash))),
  };
}

function tries(door: SqlDoor): Part<"countTry" | "uncountTry" | "readTries"> {
  return {
    async countTry(subject, window) {
      await door.write(access.deleteOldTries(window.now));
      const [row] = await door.write(access.countTry(subject, window));
      return toTries(row);
    },
    uncountTry: async (subject) => void (await door.write(access.uncountTry(subject))),
    readTries: (subject, now) => first(door, access.selectTries(subject, now), toTries),
  };
}

function apiKeys(door: SqlDoor): Part<"addApiKey" | "revokeApiKey" | "findApiKey" | "listApiKeys"> {
  return {
    addApiKey: (key, act) => door.act(act, [access.insertApiKey(key)]),
    revokeApiKey: (id, { at, act }) => door.act(act, [access.revokeApiKey(id, at)]),
    findApiKey: (hash) => first(door, access.selectApiKey(hash), ({ id }) => String(id)),
    listApiKeys: async () => (await door.find(access.SELECT_API_KEYS)).map(toApiKey),
  };
}

function figures(
  door: SqlDoor,
): Part<"countTroubles" | "countEvents" | "readLatencies" | "lastHintAt" | "listEventsSince"> {
  return {
    async countTroubles() {
      const [row] = await door.find(overview.COUNT_TROUBLES);
      return row as unknown as TroubleCounts;
    },
    countEvents: async (time) =>
      (await door.find(overview.countEvents(time))) as unknown as readonly HourCount[],
    readLatencies: async ({ from, limit }) =>
      (await door.find(overview.selectLatencies(from, limit))).map(({ ms }) => Number(ms)),
    lastHintAt: () =>
      first(door, overview.SELECT_LAST_HINT, ({ at }) => (at === null ? undefined : Number(at))),
    listEventsSince: async (from, limit) =>
      (await door.find(overview.selectEventsSince(from, limit))) as unknown as readonly LiveEvent[],
  };
}

async function first<Value>(
  door: SqlDoor,
  statement: SqlStatement,
  as: (row: SqlRow) => Value,
): Promise<Value | undefined> {
  const [row] = await door.find(statement);
  return row === undefined ? undefined : as(row);
}

function toTries(row: SqlRow | undefined): Tries {
  return { tries: Number(row?.["tries"]), until: Number(row?.["until"]) };
}
