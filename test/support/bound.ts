/** A member as it is reached through the object itself: what a proxy hands on when it replaces only some. */
// biome-ignore lint/suspicious/noExplicitAny: as Reflect.get
export function bound(target: object, name: string | symbol): any {
  const member = Reflect.get(target, name);
  return typeof member === "function" ? member.bind(target) : member;
}
