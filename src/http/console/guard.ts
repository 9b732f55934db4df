import type { FastifyInstance, FastifyRequest } from "fastify";
import { DojangError } from "../../errors.ts";
import type { OperatorRole } from "../../storage/store.ts";
import { readSession, type SignedIn } from "../../usecases/sign-in.ts";
import type { HttpDeps } from "../http-deps.ts";
import { readSessionId } from "./session-cookie.ts";

/** Who may ask. `anyone`: nobody need be signed in; `newcomer`: also who must change the password first. */
type RouteRole = "anyone" | "newcomer" | OperatorRole;

declare module "fastify" {
  interface FastifyContextConfig {
    readonly role?: RouteRole;
    /** Pages ask for it by themselves, without a header that says so. */
    readonly isByItself?: boolean;
  }
  interface FastifyRequest {
    /** Who is signed in: set on every route of the console but those for anyone. */
    signedIn?: SignedIn;
  }
}

const RANK: Readonly<Record<OperatorRole, number>> = { viewer: 1, operator: 2, admin: 3 };
/** Named by requests that a page makes by itself. */
const BY_ITSELF = "x-dojang-by-itself";

/**
 * Lets nobody in who is not signed in and whose role is not enough, and nothing from pages of another origin. What a route does not
 * say of itself is taken strictly: reading is for viewers, all else for operators.
 */
export function guard(scope: FastifyInstance, { deps }: HttpDeps): void {
  scope.addHook("onRoute", (route) => {
    const isRead = route.method === "GET";
    route.config = { role: isRead ? "viewer" : "operator", ...route.config };
    route.schema = { ...route.schema, hide: true };
  });
  scope.addHook("onRequest", async (request) => {
    if (request.method !== "GET") refuseForeignOrigin(request);
    const { role = "admin", isByItself = false } = request.routeOptions.config;
    if (role === "anyone") return;
    const isUse = !isByItself && request.headers[BY_ITSELF] === undefined;
    const signedIn = await readSession(deps, { sessionId: readSessionId(request), isUse });
    if (signedIn === undefined) throw new DojangError("session_required", "Sign in");
    request.signedIn = signedIn;
    request.callerId = signedIn.operator.name;
    if (role !== "newcomer") requireRole(signedIn, role);
  });
}

export function signedInOf({ signedIn }: FastifyRequest): SignedIn {
  if (signedIn === undefined) throw new Error("Invariant violated: a route of the console ran for nobody");
  return signedIn;
}

function requireRole({ operator }: SignedIn, role: OperatorRole): void {
  if (operator.mustChange)
    throw new DojangError("password_change_required", "Choose a password of your own first");
  if (RANK[operator.role] >= RANK[role]) return;
  throw new DojangError("role_required", `Expected the role ${role}, yours is ${operator.role}`);
}

/** The cookie stays at home by SameSite as well: two locks, because browsers differ. Every browser names the origin of a POST. */
function refuseForeignOrigin({ headers, host, protocol }: FastifyRequest): void {
  const site = headers["sec-fetch-site"];
  const origin = URL.parse(headers.origin ?? "");
  // A page of our name that did not come over TLS may be anybody's who is on the way.
  const isSafe = protocol !== "https" || origin?.protocol === "https:";
  const isOwn = isSafe && origin?.host === host && (site === undefined || site === "same-origin");
  if (!isOwn)
    throw new DojangError("foreign_origin", "Expected an Origin header that names this very server");
}
