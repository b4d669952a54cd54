/** A small workspace, whose symbols the tests know. */
export const shop: Record<string, string> = {
  'shop/cart.go': `// Package shop sells things.
package shop

// Cart is what somebody is going to buy.
type Cart struct {
	Items []Item
}

// Total adds up the prices.
func (c *Cart) Total() int {
	total := 0
	for _, item := range c.Items {
		total += item.Price
	}
	return total
}
`,
  'shop/item.go': `package shop

// Item is a thing to buy.
type Item struct {
	Name  string
	Price int // in cents
}

// NewItem returns an item that costs nothing.
func NewItem(name string) Item { return Item{Name: name} }
`,
  'tools/report.py': `class Report:
    """Report counts what was sold."""

    def total_sold(self):
        return 0


def write_report(path):
    pass
`,
  'tools/price.h': `/* Prices are in cents. */
static inline int price_of(int items) { return items * 100; }
`,
};

export const cartOutline = ['Cart (struct)', 'Items (field)', '(*Cart).Total (method)'];

export function same<T>(rows: readonly T[], expected: readonly T[]): boolean {
  return rows.length === expected.length && expected.every((row, i) => rows[i] === row);
}
