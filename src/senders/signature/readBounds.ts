/**
 * The most of a body that is taken apart to see who signed it. Notifications of payments take a few kilobytes; 64 KiB of
 * hostile JSON or of a hostile form hold the event loop for some 10 ms, a megabyte for a second.
 */
export const readBytesMax = 64 * 1024;
