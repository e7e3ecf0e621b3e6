import { IncomingMessage } from 'node:http';
import { headerValue } from '../core/headers.ts';

/**
 * A request that is an upgrade only where it asks for a WebSocket.
 *
 * Once a server listens for upgrades, Node takes every request with an Upgrade field for one and stops parsing: its body
 * is lost. Java's HttpClient offers `Upgrade: h2c` with each request over plain HTTP, so its webhooks would be. RFC 9110,
 * 7.8, lets a server ignore the field. (Node 24.9 has `shouldUpgradeCallback` for this.)
 */
export class WebhookMessage extends IncomingMessage {
  /** Only declared: an initialiser would run after the base's constructor, which sets `upgrade` already. */
  declare isUpgradeOffered: boolean;

  /** Written by Node's parser before the header is known, read by its server after that. */
  get upgrade(): boolean {
    if (!this.isUpgradeOffered) return false;
    if (this.method === 'CONNECT') return true;
    return (
      this.method === 'GET' && headerValue(this.rawHeaders, 'upgrade')?.trim().toLowerCase() === 'websocket'
    );
  }

  set upgrade(isOffered: boolean | null) {
    this.isUpgradeOffered = isOffered === true;
  }
}
