struct ring {
	int head;
	int tail;
};

int ring_size(const struct ring *r)
{
	return r->tail - r->head;
}
