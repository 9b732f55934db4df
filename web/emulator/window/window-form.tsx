import { useEffect, useRef, useState } from "preact/hooks";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Choices } from "../../design/choices.tsx";
import { Facts } from "../../design/facts.tsx";
import { Field, Select } from "../../design/field.tsx";
import { type Language, moneyText } from "../../design/language.ts";
import type { Words } from "../words.ts";
import type { Choice, Method, Opened } from "./shop.ts";

const METHODS: readonly Method[] = ["card", "easy", "trans", "vbank", "phone"];
/** As PGs write them. */
const REASONS = ["한도초과", "잔액부족", "정지된 카드", "PG사 점검중"].map((text) => [text, text] as const);

interface WindowFormProps {
  readonly opened: Opened;
  readonly words: Words["window"];
  readonly language: Language;
  readonly isBusy: boolean;
  readonly onFinish: (decision: object) => void;
}

/** The order on one side, the ways to pay it on the other. */
export function WindowForm({ opened, words, language, isBusy, onFinish }: WindowFormProps) {
  const [method, setMethod] = useState(opened.method);
  const amount = moneyText(Number(opened.amount), opened.currency, language);
  const pay = useRef<HTMLFormElement>(null);
  useEffect(() => pay.current?.querySelector<HTMLElement>("#pay")?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(pay.current ?? undefined));
    onFinish({ ...fields, choice: method, quota: Number(fields["quota"] ?? 0) });
  };
  return (
    <form ref={pay} class="window-form" onSubmit={submit}>
      <Order opened={opened} words={words} amount={amount} />
      <section class="window-pay" aria-label={words.method}>
        <Choices
          legend={words.method}
          isLegendUnseen
          isSmall
          name="method"
          value={method}
          onChange={(value) => setMethod(value as Method)}
          options={METHODS.map((value) => ({ value, text: words.methods[value] }))}
        />
        <Panel method={method} opened={opened} words={words} />
        <div class="window-buttons">
          <Button id="cancel" kind="plain" disabled={isBusy} onClick={() => onFinish({ choice: "cancel" })}>
            {words.cancel}
          </Button>
          <Button id="pay" type="submit" disabled={isBusy}>
            {method === "vbank" ? words.getAccount : words.pay(amount)}
          </Button>
        </div>
      </section>
      <Tools words={words} isBusy={isBusy} onFinish={onFinish} />
    </form>
  );
}

function Order({
  opened,
  words,
  amount,
}: Pick<WindowFormProps, "opened" | "words"> & { readonly amount: string }) {
  const mode = opened.sandbox ? (
    <Badge tone="warn">{words.test}</Badge>
  ) : (
    <Badge tone="info">{words.live}</Badge>
  );
  return (
    <aside class="window-order" aria-label={words.order}>
      <p class="window-item">{opened.name || "-"}</p>
      <p id="amount" class="window-amount">
        {amount}
      </p>
      <Facts
        rows={[
          [words.orderId, <span class="mono">{opened.merchant_uid}</span>],
          [words.paymentId, <span class="mono">{opened.imp_uid}</span>],
          [
            words.channel,
            <>
              {opened.channel_name} {mode}
            </>,
          ],
        ]}
      />
    </aside>
  );
}

/** What no real window has. */
function Tools({ words, isBusy, onFinish }: Pick<WindowFormProps, "words" | "isBusy" | "onFinish">) {
  const [reason, setReason] = useState(REASONS[0]?.[0] ?? "");
  return (
    <div class="window-tools">
      <fieldset>
        <legend>{words.tools}</legend>
        <p class="quiet">{words.toolsHint}</p>
        <Select
          label={words.reason}
          options={REASONS}
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <Button id="fail" kind="plain" disabled={isBusy} onClick={() => onFinish({ choice: "fail", reason })}>
          {words.fail}
        </Button>
      </fieldset>
    </div>
  );
}

function Panel({
  method,
  opened,
  words,
}: { readonly method: Method } & Pick<WindowFormProps, "opened" | "words">) {
  switch (method) {
    case "card":
      return (
        <div class="window-panel">
          <Grid legend={words.cards} name="card_code" choices={opened.cards} />
          <Select label={words.quota} name="quota" options={Object.entries(words.quotas)} />
        </div>
      );
    case "easy":
      return (
        <div class="window-panel">
          <Grid legend={words.easies} name="easy_pay" choices={opened.easy_pays} first={opened.easy_pay} />
          <p class="quiet">{words.easyHint}</p>
        </div>
      );
    case "trans":
      return (
        <div class="window-panel">
          <Grid legend={words.banks} name="bank_code" choices={opened.banks} />
          <p class="quiet">{words.transHint}</p>
        </div>
      );
    case "vbank":
      return (
        <div class="window-panel">
          <Grid legend={words.accountBanks} name="bank_code" choices={opened.banks} />
          <Field
            label={words.due}
            name="due"
            type="datetime-local"
            step={1}
            required
            defaultValue={opened.vbank_due}
            id="due"
          />
          <p class="quiet">{words.accountHint}</p>
        </div>
      );
    case "phone":
      return (
        <div class="window-panel">
          <p class="quiet">{words.phoneHint}</p>
        </div>
      );
  }
}

/** Banks and cards are called what they are called, in any language. */
function Grid(props: {
  readonly legend: string;
  readonly name: string;
  readonly choices: readonly Choice[];
  readonly first?: string;
}) {
  const { legend, name, choices, first } = props;
  const [value, setValue] = useState(first ?? choices[0]?.[0] ?? "");
  const options = choices.map(([code, text]) => ({ value: code, text }));
  return <Choices legend={legend} isSmall name={name} value={value} onChange={setValue} options={options} />;
}
