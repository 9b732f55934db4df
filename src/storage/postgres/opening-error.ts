import { DojangError } from "../../errors.ts";
import { isConnectionLost } from "./postgres-error.ts";

/** Why a database cannot be used, in one line. `where`: the address as shown, never as set, which holds the password. */
export function openingError(where: string, cause: unknown): DojangError {
  if (cause instanceof DojangError) return cause;
  const { message, code } = cause as Error & { readonly code?: string };
  const why = message !== "" ? message : isConnectionLost(cause) ? (code ?? "no connection") : String(cause);
  return new DojangError("storage_unavailable", `Cannot open the database ${where}: ${why.split("\n")[0]}`, {
    cause,
  });
}
