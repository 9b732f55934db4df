import { type Column, Table } from "../../design/table.tsx";
import type { ReceivedRequest, SentWebhook } from "./admin-api.ts";
import type { AdminWords } from "./admin-page.tsx";

const ROWS_MAX = 100;

const newest = <Row,>(rows: readonly Row[]) => rows.toReversed().slice(0, ROWS_MAX);
const secondText = (at: number) => new Date(at).toLocaleString("sv-SE", { timeZone: "Asia/Seoul" });

interface RecordsProps<Row> {
  readonly rows: readonly Row[];
  readonly words: AdminWords;
}

export function Webhooks({ rows, words }: RecordsProps<SentWebhook>) {
  const columns: readonly Column<SentWebhook>[] = [
    { name: words.at, cell: ({ at }) => secondText(at) },
    { name: words.to, kind: "mono", cell: ({ url }) => url },
    { name: words.body, kind: "wide", cell: ({ body }) => body },
    { name: words.answer, cell: ({ status, error }) => status ?? error ?? "…" },
  ];
  return (
    <section class="admin-section" aria-labelledby="webhooks-title">
      <h2 id="webhooks-title">{words.sent}</h2>
      <Table
        caption={words.sent}
        columns={columns}
        rows={newest(rows)}
        keyOf={(row) => `${rows.indexOf(row)}`}
        empty={words.noneSent}
      />
    </section>
  );
}

export function Requests({ rows, words }: RecordsProps<ReceivedRequest>) {
  const columns: readonly Column<ReceivedRequest>[] = [
    { name: words.at, cell: ({ at }) => secondText(at) },
    { name: words.verb, cell: ({ method }) => method },
    { name: words.path, kind: "wide", cell: ({ path }) => path },
    {
      name: words.parameters,
      kind: "wide",
      cell: ({ body }) => (body && Object.keys(body).length > 0 ? JSON.stringify(body) : ""),
    },
  ];
  return (
    <section class="admin-section" aria-labelledby="requests-title">
      <h2 id="requests-title">{words.requests}</h2>
      <Table
        caption={words.requests}
        columns={columns}
        rows={newest(rows)}
        keyOf={(row) => `${rows.indexOf(row)}`}
        empty={words.noneReceived}
      />
    </section>
  );
}
