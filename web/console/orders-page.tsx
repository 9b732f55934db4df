import { useEffect, useState } from "preact/hooks";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Field, Select } from "../design/field.tsx";
import { type Column, Table } from "../design/table.tsx";
import type { Order, Page } from "./answers.ts";
import { ask, download } from "./api.ts";
import { refusalText, useAct, useConsole } from "./console-context.ts";
import { Link } from "./router.tsx";
import { Money, OrderStatus, Time } from "./states.tsx";
import type { Words } from "./words.ts";

export interface Filters {
  readonly q: string;
  readonly status: string;
}

const ALL: Filters = { q: "", status: "" };
/** What was looked for is still there when one comes back from an order. It stands in no address: it may be a phone number. */
let kept = ALL;

const bodyOf = ({ q, status }: Filters) => ({
  ...(q === "" ? {} : { q }),
  ...(status === "" ? {} : { status }),
});

/** Orders, newest first: found by what is known of them, a page at a time. */
export function OrdersPage() {
  const { words, can } = useConsole();
  const [filters, setFilters] = useState(kept);
  const [isExporting, setExporting] = useState(false);
  const { rows, hasMore, isReading, more } = useOrders(filters);
  const choose = (next: Filters) => {
    kept = next;
    setFilters(next);
  };
  return (
    <>
      <div class="page-head">
        <h1>{words.orders.title}</h1>
        {can("operator") && (
          <Button kind="plain" onClick={() => setExporting(true)}>
            {words.orders.export}
          </Button>
        )}
      </div>
      <FilterForm filters={filters} onChange={choose} />
      {rows === undefined ? (
        <p class="quiet">{words.common.loading}</p>
      ) : (
        <Table
          caption={words.orders.title}
          columns={columnsOf(words)}
          rows={rows}
          keyOf={({ merchant_uid }) => merchant_uid}
          empty={words.orders.empty}
          bodyId="orders"
        />
      )}
      {hasMore && (
        <Button kind="plain" isBusy={isReading} onClick={more}>
          {words.common.more}
        </Button>
      )}
      {isExporting && <ExportDialog filters={filters} onClose={() => setExporting(false)} />}
    </>
  );
}

function FilterForm({
  filters,
  onChange,
}: {
  readonly filters: Filters;
  readonly onChange: (next: Filters) => void;
}) {
  const { words } = useConsole();
  const [q, setQ] = useState(filters.q);
  return (
    <search>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          onChange({ ...filters, q: q.trim() });
        }}
      >
        <Field
          label={words.orders.search}
          hint={words.orders.searchHint}
          name="q"
          type="search"
          autoComplete="off"
          value={q}
          onInput={(event) => setQ(event.currentTarget.value)}
        />
        <Select
          label={words.orders.status}
          name="status"
          value={filters.status}
          options={[["", words.common.all], ...Object.entries(words.orders.statuses)]}
          onChange={(event) => onChange({ q: q.trim(), status: event.currentTarget.value })}
        />
        <Button type="submit">{words.orders.find}</Button>
        {(filters.q !== "" || filters.status !== "") && (
          <Button
            kind="quiet"
            onClick={() => {
              setQ("");
              onChange(ALL);
            }}
          >
            {words.orders.clear}
          </Button>
        )}
      </form>
    </search>
  );
}

/** The pages that were asked for so far. When something happens the first one is read again; while more are shown, nothing moves. */
function useOrders(filters: Filters) {
  const { news, say, words } = useConsole();
  const [state, setState] = useState<{
    filters?: Filters;
    rows?: readonly Order[];
    next: string | null;
    pages: number;
  }>({
    next: null,
    pages: 0,
  });
  const [isReading, setReading] = useState(false);
  const read = (cursor: string | null, isByItself: boolean) => {
    const body = { ...bodyOf(filters), ...(cursor === null ? {} : { cursor }) };
    return ask<Page<Order>>("POST", "/orders/search", { body, isByItself });
  };
  const isNew = state.filters !== filters;
  useEffect(() => {
    let isOver = false;
    if (!isNew && state.pages > 1) return undefined;
    read(null, !isNew).then(
      ({ data, next_cursor: next }) => !isOver && setState({ filters, rows: data, next, pages: 1 }),
      (error: unknown) => !isOver && say(refusalText(error, words), true),
    );
    return () => {
      isOver = true;
    };
  }, [filters, news]);
  const more = async () => {
    setReading(true);
    try {
      const { data, next_cursor: next } = await read(state.next, false);
      setState((was) => ({ ...was, rows: [...(was.rows ?? []), ...data], next, pages: was.pages + 1 }));
    } catch (error) {
      say(refusalText(error, words), true);
    } finally {
      setReading(false);
    }
  };
  return {
    rows: isNew ? undefined : state.rows,
    hasMore: !isNew && state.next !== null,
    isReading,
    more: () => void more(),
  };
}

function columnsOf({ orders: { columns } }: Words): readonly Column<Order>[] {
  return [
    {
      name: columns.order,
      kind: "mono",
      cell: ({ merchant_uid: id }) => <Link to={`/orders/${encodeURIComponent(id)}`}>{id}</Link>,
    },
    { name: columns.name, cell: ({ name }) => <span class="clip">{name}</span> },
    { name: columns.customer, cell: ({ customer }) => customer?.name ?? customer?.id ?? "" },
    {
      name: columns.amount,
      kind: "number",
      cell: ({ amount, currency }) => <Money amount={amount} currency={currency} />,
    },
    { name: columns.status, cell: ({ status }) => <OrderStatus status={status} /> },
    { name: columns.created, cell: ({ created_at }) => <Time at={created_at} /> },
  ];
}

function ExportDialog({ filters, onClose }: { readonly filters: Filters; readonly onClose: () => void }) {
  const { words } = useConsole();
  const { isBusy, act } = useAct();
  const [reason, setReason] = useState("");
  return (
    <Dialog
      title={words.orders.export}
      words={words.common}
      submit={words.orders.export}
      isBusy={isBusy}
      onClose={onClose}
      onSubmit={() =>
        void act(async () => {
          await download("/orders/export", { ...bodyOf(filters), reason });
          onClose();
          return words.orders.exported;
        })
      }
    >
      <p class="quiet">{words.orders.exportLead}</p>
      <Field
        label={words.orders.exportReason}
        hint={words.common.reasonHint}
        name="reason"
        required
        maxLength={200}
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
    </Dialog>
  );
}
