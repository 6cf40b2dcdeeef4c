"""HTTP and Socket.IO over the run controller. The only part of the program that knows a browser."""
