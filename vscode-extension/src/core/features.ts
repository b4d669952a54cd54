/** The features by the names that people use. */
import type { Feature } from './yielding';

const names: Readonly<Record<Feature, string>> = {
  documentSymbol: 'outline',
  workspaceSymbol: 'search',
  definition: 'definitions',
  declaration: 'declarations',
  hover: 'hovers',
  documentHighlight: 'highlights',
  foldingRange: 'folding',
  selectionRange: 'selection',
};

export const features = Object.keys(names) as readonly Feature[];

/** main are the features that people ask for. The others follow them, and are named where they alone are left. */
const main: readonly Feature[] = ['documentSymbol', 'workspaceSymbol', 'definition', 'hover'];

/** namesOf writes features: "outline, search". */
export function namesOf(some: readonly string[]): string {
  const shown = main.filter(feature => some.includes(feature));
  return (shown.length > 0 ? shown : features.filter(feature => some.includes(feature))).map(feature => names[feature]).join(', ');
}
