export class Panel {
  private title = "panel";

  render() {
    return <h1>{this.title}</h1>;
  }
}
