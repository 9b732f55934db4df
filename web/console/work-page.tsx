import { useState } from "preact/hooks";
import { Button } from "../design/button.tsx";
import { Select } from "../design/field.tsx";
import { type Column, Table } from "../design/table.tsx";
import type { Delivery, Page, Task } from "./answers.ts";
import { ask } from "./api.ts";
import { refusalText, useAct, useConsole, useReading } from "./console-context.ts";
import { Link } from "./router.tsx";
import { Time, WorkState } from "./states.tsx";
import { Tabs } from "./tabs.tsx";
import { type Words, wordOf } from "./words.ts";

/** What Dojang does by itself outside: events to the shop, and everything else. What fails comes first. */
export function WorkPage({ tab = "deliveries" }: { readonly tab: string | undefined }) {
  const { words } = useConsole();
  return (
    <>
      <div class="page-head">
        <h1>{words.work.title}</h1>
      </div>
      <Tabs
        name={words.work.title}
        current={`/work/${tab}`}
        tabs={[
          ["/work/deliveries", words.work.deliveries],
          ["/work/tasks", words.work.tasks],
        ]}
      />
      {tab === "tasks" ? <Tasks /> : <Deliveries />}
    </>
  );
}

interface Retried<Row> {
  readonly state: string;
  readonly rows: readonly Row[] | undefined;
  readonly hasMore: boolean;
  choose(state: string): void;
  more(): void;
  retry(path: string): void;
}

/** A list by state, a page at a time. It is read again when something happened, unless more than one page is shown. */
function useWork<Row>(path: string, first: string): Retried<Row> {
  const { say, words } = useConsole();
  const { act } = useAct();
  const [state, setState] = useState(first);
  const [more, setMore] = useState<{ of: string; rows: readonly Row[]; next: string | null }>();
  const query = `${path}?limit=50${state === "" ? "" : `&state=${state}`}`;
  const { answer, again } = useReading<Page<Row>>(query, more?.of !== query);
  const mine = more?.of === query ? more : undefined;
  const next = mine === undefined ? answer?.next_cursor : mine.next;
  return {
    state,
    rows: answer && [...answer.data, ...(mine?.rows ?? [])],
    hasMore: Boolean(next),
    choose: setState,
    more() {
      ask<Page<Row>>("GET", `${query}&cursor=${encodeURIComponent(next ?? "")}`).then(
        ({ data, next_cursor }) =>
          setMore({ of: query, rows: [...(mine?.rows ?? []), ...data], next: next_cursor }),
        (error: unknown) => say(refusalText(error, words), true),
      );
    },
    retry(of) {
      void act(async () => {
        await ask("POST", `${of}/retry`);
        setMore(undefined);
        again();
        return words.work.retried;
      });
    },
  };
}

function Deliveries() {
  const { words, can } = useConsole();
  const { state, rows, hasMore, choose, more, retry } = useWork<Delivery>("/v1/deliveries", "");
  const columns: readonly Column<Delivery>[] = [
    { name: words.common.state, cell: (row) => <WorkState {...row} /> },
    { name: words.work.event, cell: ({ type }) => wordOf(words.events, type) },
    { name: words.work.order, kind: "mono", cell: ({ merchant_uid }) => <OrderLink id={merchant_uid} /> },
    { name: words.common.at, cell: ({ at }) => <Time at={at} /> },
    ...progressColumns<Delivery>(words),
    ...(can("operator")
      ? [
          {
            name: words.work.retry,
            cell: ({ id }: Delivery) => (
              <Button kind="plain" onClick={() => retry(`/v1/deliveries/${id}`)}>
                {words.work.retry}
              </Button>
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      <StateFilter state={state} onChange={choose} states={["dead", "due", "leased", "done"]} />
      <Rows
        caption={words.work.deliveries}
        columns={columns}
        // What was given up waits for somebody.
        rows={rows?.toSorted((one, other) => rankOf(one) - rankOf(other))}
        keyOf={({ id }) => id}
        empty={words.work.emptyDeliveries}
      />
      {hasMore && (
        <Button kind="plain" onClick={more}>
          {words.common.more}
        </Button>
      )}
    </>
  );
}

function Tasks() {
  const { words, can } = useConsole();
  const { state, rows, hasMore, choose, more, retry } = useWork<Task>("/v1/tasks", "dead");
  const columns: readonly Column<Task>[] = [
    { name: words.common.state, cell: (row) => <WorkState {...row} /> },
    { name: words.work.task, cell: ({ kind }) => wordOf(words.work.kinds, kind) },
    {
      name: words.work.order,
      kind: "mono",
      cell: ({ merchant_uid: id }) => (id === null ? "–" : <OrderLink id={id} />),
    },
    ...progressColumns<Task>(words),
    ...(can("operator")
      ? [
          {
            name: words.work.retry,
            cell: ({ key, state: of }: Task) =>
              of !== "done" && (
                <Button kind="plain" onClick={() => retry(`/v1/tasks/${encodeURIComponent(key)}`)}>
                  {words.work.retry}
                </Button>
              ),
          },
        ]
      : []),
  ];
  return (
    <>
      <StateFilter state={state} onChange={choose} states={["dead", "failing", "due", "leased", "done"]} />
      <Rows
        caption={words.work.tasks}
        columns={columns}
        rows={rows}
        keyOf={({ key }) => key}
        empty={words.work.emptyTasks}
      />
      {hasMore && (
        <Button kind="plain" onClick={more}>
          {words.common.more}
        </Button>
      )}
    </>
  );
}

const rankOf = ({ state, tries }: Delivery) => (state === "dead" ? 0 : tries > 0 && state !== "done" ? 1 : 2);

function OrderLink({ id }: { readonly id: string }) {
  return <Link to={`/orders/${encodeURIComponent(id)}`}>{id}</Link>;
}

interface RowsProps<Row> extends Omit<Parameters<typeof Table<Row>>[0], "rows"> {
  readonly rows: readonly Row[] | undefined;
}

function Rows<Row>({ rows, ...table }: RowsProps<Row>) {
  const { words } = useConsole();
  if (rows === undefined) return <p class="quiet">{words.common.loading}</p>;
  return <Table {...table} rows={rows} />;
}

interface StateFilterProps {
  readonly state: string;
  readonly states: readonly (keyof Words["work"]["states"])[];
  readonly onChange: (state: string) => void;
}

function StateFilter({ state, states, onChange }: StateFilterProps) {
  const { words } = useConsole();
  return (
    <div class="filters">
      <Select
        label={words.common.state}
        name="state"
        value={state}
        options={[["", words.common.all], ...states.map((one) => [one, words.work.states[one]] as const)]}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  );
}

function progressColumns<Row extends Delivery | Task>(words: Words): readonly Column<Row>[] {
  return [
    { name: words.work.tries, kind: "number", cell: ({ tries }) => tries },
    { name: words.work.next, cell: ({ next_try_at }) => <Time at={next_try_at} /> },
    { name: words.work.error, kind: "wide", cell: ({ last_error }) => last_error ?? "–" },
  ];
}
