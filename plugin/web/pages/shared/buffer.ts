/** What esbuild puts in for the `Buffer` of Node, which the codecs of lib/ use. */
export { Buffer } from 'buffer/';
