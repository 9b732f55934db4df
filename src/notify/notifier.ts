/** A text message to a buyer. */
export interface TextMessage {
  /** Digits only, a Korean number as `01012345678`. */
  readonly to: string;
  readonly text: string;
  /** Constant for one intent, so that a provider that can, drops a second send. */
  readonly key: string;
}

export type SendResult =
  | { readonly kind: "sent" }
  /** The provider said no: sending again would get the same answer. */
  | { readonly kind: "refused"; readonly reason: string }
  /** As many as may be are under way: nothing was sent. */
  | { readonly kind: "busy" }
  /** Nothing is known to have been sent. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** It may have been sent. */
  | { readonly kind: "outcome_unknown"; readonly reason: string };

/** Sends text messages. Never throws for what the provider does; reasons hold no phone number and no key. */
export interface Notifier {
  readonly name: string;
  send(message: TextMessage): Promise<SendResult>;
}
