/**
 * The edge logic that rules cannot say: which function runs on which requests. The functions are the ones that ran
 * before, in `functions/`; `runtime/` gives them the event model they were written for.
 */

import { createEdge, type FunctionUnit } from "./runtime/edge";
import runStorefrontAdminAuthSource from "./functions/storefront-admin-auth/admin-auth.js";
import runStorefrontExperimentSource from "./functions/storefront-experiment/experiment.js";
import runStorefrontFrontSource from "./functions/storefront-front/front.js";

/** edge/admin-auth.js:2 */
const runStorefrontAdminAuth: FunctionUnit = {
  id: "storefront-admin-auth",
  runtime: "1.0",
  instantiate: runStorefrontAdminAuthSource,
};

/** edge/experiment.js:2 */
const runStorefrontExperiment: FunctionUnit = {
  id: "storefront-experiment",
  runtime: "2.0",
  instantiate: runStorefrontExperimentSource,
};

/** edge/front.js:2 */
const runStorefrontFront: FunctionUnit = {
  id: "storefront-front",
  runtime: "2.0",
  instantiate: runStorefrontFrontSource,
};

export default createEdge({
  behaviors: [
    {
      hosts: ["shop.example.com", "www.shop.example.com"],
      pathPattern: "/help/*",
    },
    {
      hosts: ["shop.example.com", "www.shop.example.com"],
      pathPattern: "/admin/*",
      viewerRequest: runStorefrontAdminAuth,
    },
    {
      hosts: ["shop.example.com", "www.shop.example.com"],
      pathPattern: "/checkout/*",
      viewerRequest: runStorefrontExperiment,
    },
    {
      hosts: ["shop.example.com", "www.shop.example.com"],
      pathPattern: "*",
      viewerRequest: runStorefrontFront,
    },
  ],
  config: {
    zone: "example.com",
    distributionDomainName: "",
    distributionId: "",
    markAnswers: "x-migrate-answer",
  },
});
