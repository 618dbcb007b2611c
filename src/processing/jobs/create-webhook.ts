import { Webhook } from 'standardwebhooks';

/**
 * The signer for a secret: `whsec_` and the key in base64, as Standard Webhooks writes it, or any other
 * string, whose UTF-8 bytes are the key.
 * @throws Error when what follows `whsec_` is not base64, or the key is empty
 */
export function createWebhook(secret: string): Webhook {
  return secret.startsWith('whsec_')
    ? new Webhook(secret)
    : new Webhook(Buffer.from(secret), { format: 'raw' });
}
