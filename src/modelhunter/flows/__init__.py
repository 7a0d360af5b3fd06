"""What takes several steps, written once: submitting, waiting, paging, uploading, downloading."""
