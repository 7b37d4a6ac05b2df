/** `require` of CloudFront Functions: three built-in modules and `cloudfront`, nothing else. */

import buffer from "./buffer";
import cloudfront from "./cloudfront";
import { cryptoV1, cryptoV2 } from "./crypto";
import querystring from "./querystring";

/** What `require` finds in runtime 1.0. */
export function requireV1(name: string): unknown {
  switch (name) {
    case "crypto":
      return cryptoV1;
    case "querystring":
      return querystring;
    default:
      throw new Error(`Cannot find module "${name}"`);
  }
}

/** What `require` finds in runtime 2.0. */
export function requireV2(name: string): unknown {
  switch (name) {
    case "crypto":
      return cryptoV2;
    case "querystring":
      return querystring;
    case "buffer":
      return buffer;
    case "cloudfront":
      return cloudfront;
    default:
      throw new Error(`Cannot find module "${name}"`);
  }
}
