package main

import "strings"

// closest returns the word that a mistyped one most likely was, or nothing: one that it begins, or that differs by two
// letters at most, and by fewer than it has.
func closest(typed string, words []string) string {
	best, least := "", 3
	for _, word := range words {
		distance := editDistance(strings.ToLower(typed), strings.ToLower(word))
		if len(typed) > 1 && strings.HasPrefix(strings.ToLower(word), strings.ToLower(typed)) {
			distance = 0
		}
		if distance < least && distance < len(typed) {
			best, least = word, distance
		}
	}
	return best
}

// editDistance is how many letters must be put in, taken out, changed or swapped with the next one to make b of a
// (optimal string alignment).
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
