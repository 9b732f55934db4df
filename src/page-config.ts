import { ConfigError, type Env, list, optional, origin, text } from "./env.ts";

/** Who the buyer pays, as the hosted pages say it. Texts, shown as they are. */
export interface ShopSign {
  readonly name?: string;
  readonly contact?: string;
}

export interface PageConfig {
  readonly shopSign: ShopSign;
  /** Origins that the payment SDK needs on the hosted page, beside the vendor's own. */
  readonly sdkOrigins: readonly string[];
}

const SIGN_LENGTH_MAX = { DOJANG_SHOP_NAME: 40, DOJANG_SHOP_CONTACT: 80 };

/** What the hosted pages show and load beside the order. @throws {ConfigError} */
export function readPageConfig(env: Env): PageConfig {
  return {
    shopSign: {
      ...optional("name", readSign(env, "DOJANG_SHOP_NAME")),
      ...optional("contact", readSign(env, "DOJANG_SHOP_CONTACT")),
    },
    sdkOrigins: list(env, "IMP_SDK_ORIGINS").map((entry) => origin(entry, "IMP_SDK_ORIGINS")),
  };
}

function readSign(env: Env, name: keyof typeof SIGN_LENGTH_MAX): string | undefined {
  const value = text(env, name);
  const lengthMax = SIGN_LENGTH_MAX[name];
  if (value !== undefined && (value.length > lengthMax || /\p{C}/u.test(value)))
    throw new ConfigError(`Set ${name} to one line of at most ${lengthMax} characters`);
  return value;
}
