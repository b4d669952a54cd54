export function Badge({ text }) {
  return <span className="badge">{text}</span>;
}
