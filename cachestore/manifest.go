package cachestore

import (
	"encoding/json"
	"io"
	"path/filepath"
	"time"
)

const (
	manifestName = "manifest.json"

	// maxManifestSize bounds what is read of a manifest, in bytes. It has some 60.
	maxManifestSize = 64 << 10

	// gcInterval is how often garbage is collected in the background. What has not been used for 30 days can
	// wait another day, and a day's growth is small beside the budget.
	gcInterval = 24 * time.Hour
)

// manifest says when garbage was last collected in a namespace. It is a hint: without one a collection is due, which
// writes it again.
type manifest struct {
	LastGC time.Time `json:"last_gc"`
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

// writeManifest notes that garbage was collected. A failure is only logged.
func (s *Store) writeManifest() {
	_, err := s.layout.writeFile(s.layout.dir, manifestName, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(manifest{LastGC: s.now().UTC()})
	})
	if err != nil {
		s.log.Debug("cachestore: write the manifest", "cause", err)
	}
}

// GCDue reports whether garbage has not been collected for a day. It reads one small file.
func (s *Store) GCDue() bool {
	age := s.now().Sub(s.layout.readManifest().LastGC)
	return age >= gcInterval || age < -gcInterval // the clock was set back
}
