/**
 * `import cf from 'cloudfront'`: key value stores and the choice of an origin. What a Worker cannot do throws and names
 * it, which fails the run; nothing is ignored that would change where a request goes. Connection attempts, timeouts and
 * Origin Shield are CloudFront's own tuning and have no effect here.
 */

import { Unsupported } from "../../edge/failure";
import { checkHost, chooseById } from "../../edge/origin";
import type { OriginChoice } from "../../edge/types";
import { currentInvocation } from "../invocation";
import { kvs } from "./kvs";

interface OriginUpdate {
  domainName?: string;
  hostHeader?: string;
  originPath?: string;
  customHeaders?: Record<string, string>;
  customOriginConfig?: { port?: number; protocol?: "http" | "https" };
  originAccessControlConfig?: { enabled?: boolean };
  sni?: string;
  allowedCertificateNames?: string[];
}

/** Changes the origin of this request; what is not given is inherited. */
function updateRequestOrigin(update: OriginUpdate): void {
  if (update.originAccessControlConfig?.enabled === true) {
    throw new Unsupported("updateRequestOrigin: signing for origin access control is not available");
  }
  if (update.sni !== undefined || update.allowedCertificateNames !== undefined) {
    throw new Unsupported("updateRequestOrigin: sni and allowedCertificateNames cannot be set");
  }
  const given: OriginChoice = {};
  if (update.domainName !== undefined) given.domainName = update.domainName;
  if (update.hostHeader !== undefined) given.hostHeader = update.hostHeader;
  if (update.originPath !== undefined) given.originPath = update.originPath.replace(/\/$/, "");
  if (update.customHeaders !== undefined) given.customHeaders = update.customHeaders;
  if (update.customOriginConfig?.protocol !== undefined) given.protocol = update.customOriginConfig.protocol;
  if (update.customOriginConfig?.port !== undefined) given.port = update.customOriginConfig.port;
  choose("updateRequestOrigin", (chosen) => ({ ...chosen, ...given }));
}

/** Takes another origin of the distribution with its settings. */
function selectRequestOriginById(id: string, options?: { hostHeader?: string }): void {
  choose("selectRequestOriginById", () => {
    const chosen = chooseById(id, currentInvocation().config);
    return options?.hostHeader === undefined ? chosen : { ...chosen, hostHeader: options.hostHeader };
  });
}

function createRequestOriginGroup(): never {
  throw new Unsupported("createRequestOriginGroup: failover between origins belongs to load balancing");
}

function choose(name: string, next: (chosen: OriginChoice | undefined) => OriginChoice): void {
  const invocation = currentInvocation();
  if (invocation.hook !== "viewer-request") throw new Error(`${name} is for viewer-request functions`);
  const chosen = next(invocation.origin);
  checkHost(chosen, invocation.config);
  invocation.origin = chosen;
}

const cf = {
  kvs,
  updateRequestOrigin,
  selectRequestOriginById,
  overrideRequestOrigin: updateRequestOrigin,
  createRequestOriginGroup,
  /** The data center's code; its address and regional cache have no counterpart. */
  get edgeLocation(): { name: string | undefined } {
    return { name: currentInvocation().colo };
  },
  get distributionTenant(): never {
    throw new TypeError("distributionTenant: not a multi-tenant distribution");
  },
  cwt: {
    validateToken: (): never => {
      throw new Unsupported("cwt.validateToken: CBOR web tokens are not available");
    },
    generateToken: (): never => {
      throw new Unsupported("cwt.generateToken: CBOR web tokens are not available");
    },
  },
};

export { createRequestOriginGroup, kvs, selectRequestOriginById, updateRequestOrigin };
export default cf;
