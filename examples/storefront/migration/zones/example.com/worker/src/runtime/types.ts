/**
 * The CloudFront Functions event as the guide describes it ("Event structure", read 2026-04), and what a project tells
 * the runtime. Types only; nothing here has a meaning of its own.
 */

/** One header, query parameter or request cookie. Several lines of one name are one entry: `value` is the first. */
export interface Entry {
  value: string;
  multiValue?: { value: string }[];
}

/** One cookie of a response; `attributes` is the raw text after the first `;`. */
export interface CookieEntry {
  value: string;
  attributes?: string;
  multiValue?: { value: string; attributes?: string }[];
}

export interface EventRequest {
  method: string;
  uri: string;
  querystring: Record<string, Entry> | string;
  headers: Record<string, Entry>;
  cookies: Record<string, Entry>;
  /** Runtime 2.0: the query as sent, `""` for a bare `?`, `undefined` when there is none. */
  rawQueryString?: () => string | undefined;
}

export interface EventResponse {
  statusCode: number;
  statusDescription?: string;
  headers?: Record<string, Entry>;
  cookies?: Record<string, CookieEntry>;
  body?: string | { encoding: "text" | "base64"; data: string };
}

export interface CloudFrontEvent {
  version: "1.0";
  context: {
    distributionDomainName: string;
    distributionId: string;
    eventType: "viewer-request" | "viewer-response";
    requestId: string;
  };
  viewer: { ip: string };
  request: EventRequest;
  response?: EventResponse;
}

/** One user function. */
export interface FunctionUnit {
  /** The name in logs. */
  id: string;
  runtime: "1.0" | "2.0";
  /**
   * Evaluates the user's file and returns its `handler`. Called once per run, so that state at the top level of the
   * file never passes from one visitor to another. What it returns is checked when it is called: user code has no types.
   */
  instantiate: () => unknown;
  /** The KV binding that stands for the function's key value store. */
  kv?: string;
}

/** One cache behavior. The first whose hosts and pattern match the viewer's URL is the one that runs. */
export interface Behavior {
  /** Exact names or `*.example.com`; none: every host. */
  hosts?: readonly string[];
  /** CloudFront's pattern on the whole path; `*` is the default behavior. */
  pathPattern: string;
  viewerRequest?: FunctionUnit;
  viewerResponse?: FunctionUnit;
  /**
   * The computed `cloudfront-*` headers that the behavior's policies list: functions and the origin see these. When it
   * is missing the policies are not known: functions see every header that has a source here, the origin sees none.
   */
  computedHeaders?: readonly string[];
}

/** An origin of the distribution, as far as a Worker can reach one. */
export interface OriginSettings {
  domainName: string;
  originPath?: string;
  hostHeader?: string;
  customHeaders?: Readonly<Record<string, string>>;
  protocol?: "http" | "https";
  port?: number;
}

export interface EdgeConfig {
  /** The zone the Worker runs in; hosts outside it cannot be given a Host header of their own. */
  zone: string;
  distributionDomainName: string;
  distributionId: string;
  /** By the origin's id in the distribution, for `cf.selectRequestOriginById`. */
  origins?: Readonly<Record<string, OriginSettings>>;
  /** The name of a response header that marks what this Worker answered itself; `null` leaves answers unmarked. */
  markAnswers: string | null;
}

/** Bindings by name; only key value stores are looked up. */
export type Bindings = Readonly<Record<string, unknown>>;
