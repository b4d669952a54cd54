package cachestore

import (
	"encoding/json"
	"io"
	"path/filepath"
	"time"
)

const (
	manifestName = "manifest.json"

	// maxManifestSize bounds what is read of a manifest, in bytes. One of thirty languages has 3 KiB.
	maxManifestSize = 1 << 20

	// gcInterval is how often garbage is collected in the background. What has not been used for 30 days can
	// wait another day, and a day's growth is small beside the budget.
	gcInterval = 24 * time.Hour
)

// manifest says what a namespace held when it was last collected, merged, cleared or repaired. It is a hint:
// nothing depends on it, and the next collection writes it again.
type manifest struct {
	Program    string                   `json:"program"` // version of the program that wrote it
	Updated    time.Time                `json:"updated"`
	LastGC     time.Time                `json:"last_gc"` // zero: never
	Entries    int                      `json:"entries"`
	Packs      int                      `json:"packs"`
	Workspaces int                      `json:"workspaces"`
	Bytes      int64                    `json:"bytes"`
	ByLanguage map[string]LanguageStats `json:"by_language"`
}

// readManifest returns the manifest, or an empty one when there is none that can be understood.
func (l layout) readManifest() manifest {
	f, err := l.at.open(filepath.Join(l.dir, manifestName))
	if err != nil {
		return manifest{}
	}
	defer f.Close()
	var m manifest
	if err := json.NewDecoder(io.LimitReader(f, maxManifestSize)).Decode(&m); err != nil {
		return manifest{}
	}
	return m
}

// updateManifest writes what there is now. A failure is no more than logged.
func (s *Store) updateManifest(collected bool) {
	m := manifest{Program: s.program, Updated: s.now().UTC(), LastGC: s.layout.readManifest().LastGC}
	if collected {
		m.LastGC = m.Updated
	}
	st, err := s.layout.stats()
	if err == nil {
		m.Entries, m.Packs, m.Workspaces, m.Bytes, m.ByLanguage = st.Entries, st.Packs, st.Workspaces, st.Bytes, st.ByLanguage
		_, err = s.layout.writeFile(s.layout.dir, manifestName, func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(m)
		})
	}
	if err != nil {
		s.log.Debug("cachestore: write the manifest", "cause", err)
	}
}

// GCDue reports whether garbage has not been collected for a day. It reads one small file.
func (s *Store) GCDue() bool {
	age := s.now().Sub(s.layout.readManifest().LastGC)
	return age >= gcInterval || age < -gcInterval // the clock was set back
}
