/**
 * The functions are JavaScript and are not type-checked: each file gives a function that evaluates the user's source and
 * returns its handler. The runtime checks at run time what it gets.
 */
declare module "*.js" {
  const instantiate: () => unknown;
  export default instantiate;
}
