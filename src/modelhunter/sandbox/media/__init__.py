"""Real media files, made of a prompt: pictures, videos, sounds, a 3D model."""
