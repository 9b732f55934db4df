import type { FuzzTarget } from "../engine/fuzz-target.ts";
import { acceptance } from "./acceptance.ts";
import { addresses } from "./addresses.ts";
import { connectionStrings } from "./connection-strings.ts";
import { csv } from "./csv.ts";
import { cursors } from "./cursors.ts";
import { filters } from "./filters.ts";
import { lists } from "./lists.ts";
import { money } from "./money.ts";
import { payment } from "./payment.ts";
import { registration } from "./registration.ts";
import { requestHeaders } from "./request-headers.ts";
import { search } from "./search.ts";
import { settings } from "./settings.ts";
import { strictJson } from "./strict-json.ts";
import { times } from "./times.ts";
import { webhookBody } from "./webhook-body.ts";

export const TARGETS: readonly FuzzTarget[] = [
  strictJson,
  money,
  payment,
  acceptance,
  lists,
  webhookBody,
  registration,
  times,
  settings,
  connectionStrings,
  cursors,
  csv,
  requestHeaders,
  search,
  filters,
  addresses,
];
