/** `buffer` of runtime 2.0: the Workers runtime's Buffer, which can do all that CloudFront's can. */

import { Buffer } from "node:buffer";

export { Buffer };
export default { Buffer };
