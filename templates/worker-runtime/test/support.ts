/** Runs one user function on one request against a recorded origin, the way a project's `index.ts` would. */

import { vi } from "vitest";
import { createEdge } from "../edge/index";
import type { FunctionUnit } from "../cloudfront-functions/types";
import type { Behavior, EdgeConfig } from "../edge/types";
import type { LambdaFunction } from "../lambda-edge/types";

type Handler = (event: any) => unknown;

export function unit(handler: Handler, rest: Partial<FunctionUnit> = {}): FunctionUnit {
  return { platform: "cloudfront-functions", id: "test", runtime: "2.0", instantiate: () => handler, ...rest };
}

/** A Lambda@Edge function of one handler. */
export function lambda(handler: (...parameters: any[]) => unknown, rest: Partial<LambdaFunction> = {}): LambdaFunction {
  return { platform: "lambda-edge", id: "test", load: () => ({ handler }), ...rest };
}

export interface Run {
  response: Response;
  /** What the origin was asked, `undefined` when it was not. */
  asked: Request | undefined;
  /** What the fetch was told beside the request. */
  options: RequestInit | undefined;
}

export interface Setup {
  behaviors: Behavior[];
  request: Request;
  origin?: () => Response;
  env?: Record<string, unknown>;
  config?: Partial<EdgeConfig>;
}

export async function run({ behaviors, request, origin, env, config }: Setup): Promise<Run> {
  let asked: Request | undefined;
  let options: RequestInit | undefined;
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.stubGlobal("fetch", async (input: Request, init?: RequestInit) => {
    asked = input;
    options = init;
    return (origin ?? (() => new Response("from the origin")))();
  });
  const edge = createEdge({
    behaviors,
    config: { zone: "shop.test", distributionDomainName: "d1.cloudfront.net", distributionId: "E1", markAnswers: null, ...config },
  });
  const response = await edge.fetch(request, env ?? {});
  return { response, asked, options };
}

/** Runs a viewer-request function on the default behavior. */
export function viewerRequest(handler: Handler, request: Request, rest: Partial<Setup> = {}): Promise<Run> {
  return run({ behaviors: [{ pathPattern: "*", viewerRequest: unit(handler) }], request, ...rest });
}

/** Runs a viewer-response function on the default behavior. */
export function viewerResponse(handler: Handler, origin: () => Response, rest: Partial<Setup> = {}): Promise<Run> {
  const request = new Request("https://shop.test/");
  return run({ behaviors: [{ pathPattern: "*", viewerResponse: unit(handler) }], request, origin, ...rest });
}

/** A request as Cloudflare hands it over, with what it knows about the visitor. */
export function visit(url: string, headers: Record<string, string> = {}, cf: Record<string, unknown> = {}): Request {
  return new Request(url, { headers: { "cf-connecting-ip": "192.0.2.7", ...headers }, cf: cf as CfProperties });
}
