package main

import "strings"

// nearest returns the one of the names that somebody may have meant by another, ""
// if none is near. How words are joined does not count, and a setting's group may be
// left out.
func nearest(name string, names []string) string {
	best, least := "", len(name)/3+1
	for _, candidate := range names {
		short := candidate[strings.LastIndex(candidate, ".")+1:]
		if d := min(distance(letters(name), letters(candidate)), distance(letters(name), letters(short))); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance returns how far a name is from what may have been meant. Its beginning is
// near, however much is missing.
func distance(name, meant string) int {
	d := editDistance(name, meant)
	if len(name) > 3 && strings.HasPrefix(meant, name) {
		d = min(d, 1)
	}
	return d
}

func letters(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
}

// editDistance counts the bytes to insert, delete or replace that make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
