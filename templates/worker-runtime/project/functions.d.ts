/**
 * The functions are JavaScript and are not type-checked. A file of a CloudFront Function gives a function that evaluates
 * the user's source and returns its handler; those of a Lambda@Edge function are the user's modules. The runtime checks at
 * run time what it gets.
 */
declare module "*.js" {
  const instantiate: () => unknown;
  export default instantiate;
}

declare module "*.cjs";
declare module "*.mjs";
