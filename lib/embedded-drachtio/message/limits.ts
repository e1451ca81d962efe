/** Bounds on what a peer may make us hold. */
export interface MessageLimits {
  /** Start line and header fields, bytes. @defaultValue 65536 */
  maxHead: number;
  /** Body, bytes. @defaultValue 4194304 */
  maxBody: number;
}

/** 64 KB of headers is far above any real message; 4 MB of body holds a conference document of ten thousand users. */
export const DEFAULT_LIMITS: MessageLimits = { maxHead: 64 * 1024, maxBody: 4 * 1024 * 1024 };
