import { LeverRefusal } from "./lever-refusal.ts";
/**
 * One payment channel of a merchant. Live and test channels stand side by side under the same keys.
 *
 * Source: v1 API, PgSettingAnnotation; docs/iamport-v1.md 10 and 11.
 */
export interface Channel {
  readonly channelKey: string;
  readonly name: string;
  readonly pgProvider: string;
  readonly pgId: string;
  readonly sandbox: boolean;
  readonly payMethods: readonly string[];
  readonly currencies: readonly string[];
}

/** One i'mport account. `tiers`: its sub-merchants, chosen by the `Tier` header (docs/iamport-v1.md 1.4). */
export interface Merchant {
  readonly impKey: string;
  readonly impSecret: string;
  readonly userCode: string;
  readonly tiers: readonly string[];
  /** The first one is the default: the window falls back to it when a page names no known channel. */
  readonly channels: readonly Channel[];
}

const KOREAN_METHODS = [
  "card",
  "trans",
  "vbank",
  "phone",
  "kakaopay",
  "naverpay",
  "payco",
  "samsung",
  "tosspay",
];

function inicis(suffix: string): Channel[] {
  const common = { pgProvider: "html5_inicis", payMethods: KOREAN_METHODS, currencies: ["KRW"] };
  return [
    {
      ...common,
      channelKey: `channel-key-test-inicis-${suffix}`,
      name: "KG이니시스 (test)",
      pgId: "INIpayTest",
      sandbox: true,
    },
    {
      ...common,
      channelKey: `channel-key-live-inicis-${suffix}`,
      name: "KG이니시스",
      pgId: `MOI${suffix}`,
      sandbox: false,
    },
  ];
}

/** A pair of channels of one provider: the public test MID and the merchant's own. */
function pair(of: {
  provider: string;
  testId: string;
  liveId: string;
  methods: string[];
  currencies: string[];
}): Channel[] {
  const common = { pgProvider: of.provider, payMethods: of.methods, currencies: of.currencies };
  return [
    {
      ...common,
      channelKey: `channel-key-test-${of.provider}`,
      name: `${of.provider} (test)`,
      pgId: of.testId,
      sandbox: true,
    },
    {
      ...common,
      channelKey: `channel-key-live-${of.provider}`,
      name: of.provider,
      pgId: of.liveId,
      sandbox: false,
    },
  ];
}

/** The merchant that a development set-up uses. Its key and secret are public: nothing real accepts them. */
export const DEVELOPMENT_MERCHANT: Merchant = {
  impKey: "dojang-emulator-key",
  impSecret: "dojang-emulator-secret-not-for-live-use",
  userCode: "imp00000001",
  tiers: ["AAA", "BBB"],
  channels: [
    ...inicis("dojang0"),
    ...pair({
      provider: "kakaopay",
      testId: "TC0ONETIME",
      liveId: "CA00DOJANG",
      methods: ["kakaopay", "card", "point"],
      currencies: ["KRW"],
    }),
    ...pair({
      provider: "tosspayments",
      testId: "tvivarepublica",
      liveId: "dojang0001",
      methods: KOREAN_METHODS,
      currencies: ["KRW", "USD", "VND"],
    }),
    ...pair({
      provider: "paypal_v2",
      testId: "PPTESTDOJANG",
      liveId: "PPLIVEDOJANG",
      methods: ["paypal"],
      currencies: ["USD", "JPY", "VND"],
    }),
    ...pair({
      provider: "settle",
      testId: "nx_mid_il",
      liveId: "nx_dojang",
      methods: ["vbank", "card"],
      currencies: ["KRW"],
    }),
    ...pair({
      provider: "payco",
      testId: "PARTNERTEST",
      liveId: "DOJANGPAYCO",
      methods: ["payco", "card"],
      currencies: ["KRW"],
    }),
  ],
};

/** Another shop's account at the same gateway. */
export const OTHER_MERCHANT: Merchant = {
  impKey: "other-emulator-key",
  impSecret: "other-emulator-secret-not-for-live-use",
  userCode: "imp00000002",
  tiers: [],
  channels: inicis("other000"),
};

/** A window's channel: by key, `provider` or `provider.MID`, else the default (docs/iamport-v1.md 9.2). */
export function chooseChannel(merchant: Merchant, by: { channelKey?: string; pg?: string }): Channel {
  const [provider, ...mid] = (by.pg ?? "").split(".");
  const pgId = mid.join(".");
  const found =
    merchant.channels.find((channel) => channel.channelKey === by.channelKey) ??
    merchant.channels.find(
      (channel) => channel.pgProvider === provider && (pgId === "" || channel.pgId === pgId),
    ) ??
    merchant.channels[0];
  if (!found) throw new LeverRefusal(`Cannot choose a channel: merchant ${merchant.userCode} has none`);
  return found;
}
