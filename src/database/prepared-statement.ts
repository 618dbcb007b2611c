/** A statement that PostgreSQL parses and plans once for each connection. */
export interface PreparedStatement {
  /** Unique within the service: each text has one name. */
  name: string;
  /** With `$1`, `$2` … for its values. */
  text: string;
}
