export interface Client {
  send(message: string): Promise<void>;
}

export enum Mode {
  Fast,
  Safe,
}
