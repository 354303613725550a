declare global {
  /** Where the exchange is when the page is deployed alone; empty when the exchange serves it. */
  const __EXCHANGE_SERVER__: string;
}

export {};
