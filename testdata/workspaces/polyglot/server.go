package polyglot

// Server answers greetings.
type Server struct {
	name string
}

func (s *Server) Greet(who string) string {
	return s.name + " greets " + who
}
