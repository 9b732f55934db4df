import type { ConfirmHook, ConfirmHookAnswer } from "../../src/events/confirm-hook.ts";
import type { EventEndpoint, OutgoingEvent, SendEventResult } from "../../src/events/event-endpoint.ts";
import type { Notifier, SendResult, TextMessage } from "../../src/notify/notifier.ts";
import type { Life } from "./life.ts";
import type { World } from "./world.ts";

/** What the shop was told, once at least, under one id. */
export interface Told {
  readonly id: string;
  readonly body: string;
  /** How often the shop answered 2xx, and how often the event arrived. */
  taken: number;
  arrived: number;
}

type Mortal = Pick<Life, "isDead">;

const NEVER = new Promise<never>(() => {});

/** All that the server tells and that is no gateway: the shop's endpoint for events, its word on approvals, the provider of texts. */
export class Sinks {
  readonly told = new Map<string, Told>();
  /** Keys by number. */
  readonly texts: TextMessage[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A life that has ended sends nothing, and hears nothing. */
  events(life: Mortal): EventEndpoint {
    const world = this.#world;
    return {
      isBusy: () => world.has("X15") && world.drawOf("busy").chance(0.03),
      send: (event) => (life.isDead ? NEVER : this.#send(event)),
      close: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
  }

  notifier(life: Mortal): Notifier {
    return { name: "simulated", send: (message) => (life.isDead ? NEVER : this.#text(message)) };
  }

  confirmHook(): ConfirmHook {
    const world = this.#world;
    const ask = async (): Promise<ConfirmHookAnswer> => {
      const draw = world.drawOf("confirm hook");
      await this.#wait(draw.int(1, 900));
      if (world.has("X15") && draw.chance(0.3)) return { kind: "no_answer", reason: "timeout" };
      return draw.chance(0.9) ? { kind: "yes" } : { kind: "no", words: "sold out" };
    };
    return { ask, close: async () => {}, [Symbol.asyncDispose]: async () => {} };
  }

  async #send(event: OutgoingEvent): Promise<SendEventResult> {
    const world = this.#world;
    const draw = world.drawOf(`event ${event.id}`);
    world.guard(() => world.invariants.effects.onSending(event));
    await this.#wait(draw.int(1, 400));
    const fate = world.has("X15")
      ? draw.weighted([
          [60, "taken"],
          [15, "lost"],
          [15, "500"],
          [10, "taken and lost"],
        ] as const)
      : "taken";
    if (fate !== "taken") world.hit("X15");
    if (fate === "lost") return { kind: "not_taken", reason: "timeout" };
    const told = this.told.get(event.id) ?? { ...event, taken: 0, arrived: 0 };
    this.told.set(event.id, told);
    told.arrived += 1;
    world.guard(() => world.invariants.effects.onArrival(event, told));
    if (fate === "500") return { kind: "not_taken", reason: "http_status", status: 500 };
    told.taken += 1;
    if (fate === "taken and lost") return { kind: "not_taken", reason: "timeout" };
    world.story.tell(`the shop takes event ${event.id}`);
    return { kind: "taken", status: 200 };
  }

  async #text(message: TextMessage): Promise<SendResult> {
    const world = this.#world;
    const draw = world.drawOf(`text ${message.key}`);
    world.guard(() => world.invariants.effects.onText(message));
    this.texts.push(message);
    await this.#wait(draw.int(1, 400));
    if (!world.has("X15") || draw.chance(0.6)) return { kind: "sent" };
    world.hit("X15");
    return draw.pick([
      { kind: "refused", reason: "provider_refused" },
      { kind: "unavailable", reason: "http_500" },
      { kind: "outcome_unknown", reason: "timeout" },
      { kind: "busy" },
    ] as const);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#world.time.onTheWire(ms, resolve));
  }
}
