export class Store {
  load(key) {
    return this.items[key];
  }
}
