/**
 * What a project tells the runtime: cache behaviors with their functions, whichever platform these were written for, and
 * the origins behind them. Types only; nothing here has a meaning of its own.
 */

import type { FunctionUnit } from "../cloudfront-functions/types";
import type { LambdaFunction } from "../lambda-edge/types";

/** The four points at which a function runs, by CloudFront's names. */
export type Hook = "viewer-request" | "origin-request" | "origin-response" | "viewer-response";

/** One cache behavior. The first whose hosts and pattern match the viewer's URL is the one that runs. */
export interface Behavior {
  /** Exact names or `*.example.com`; none: every host. */
  hosts?: readonly string[];
  /** CloudFront's pattern on the whole path; `*` is the default behavior. */
  pathPattern: string;
  viewerRequest?: FunctionUnit | LambdaFunction;
  originRequest?: LambdaFunction;
  originResponse?: LambdaFunction;
  viewerResponse?: FunctionUnit | LambdaFunction;
  /**
   * The computed `cloudfront-*` headers that the behavior's policies list: functions and the origin see these. When it
   * is missing the policies are not known: functions see every header that has a source here, the origin sees none.
   */
  computedHeaders?: readonly string[];
  /**
   * The behavior's origin, as origin events show it. Its path and custom headers are added to what the origin is asked;
   * the name is only shown, since the zone's own DNS leads to the origin. Missing: origin events name the viewer's host.
   */
  origin?: OriginSettings;
  /** What the behavior's policies let origin events see. Missing: everything. */
  forwarded?: Forwarded;
}

/** The names that a policy lets through. */
export type Selection = "all" | readonly string[] | { except: readonly string[] };

/** What cache and origin request policy let through together. It narrows what functions see, not what is sent. */
export interface Forwarded {
  headers: Selection;
  cookies: Selection;
  query: Selection;
}

/** An origin of the distribution, as far as a Worker can reach one. */
export interface OriginSettings {
  domainName: string;
  originPath?: string;
  hostHeader?: string;
  customHeaders?: Readonly<Record<string, string>>;
  protocol?: "http" | "https";
  port?: number;
  /** For an S3 origin: what Lambda@Edge events say of it. Missing: a custom origin. */
  s3?: { region: string; authMethod: "none" | "origin-access-identity" };
}

/** The origin that a function chose for this request; members that are missing are inherited. */
export type OriginChoice = Partial<OriginSettings>;

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

/** One visit: where it is, and what every hook may ask for. */
export interface Visit {
  behavior: Behavior;
  config: EdgeConfig;
  bindings: Bindings;
}

/** What goes on towards the origin. */
export interface Onward {
  request: Request;
  origin: OriginChoice | undefined;
}
