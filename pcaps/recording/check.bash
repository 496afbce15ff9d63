check_recordings(){ :; }
